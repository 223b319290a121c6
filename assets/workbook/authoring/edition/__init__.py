"""The Korean edition: lessons derived from solutions and gettext catalogs, held in step by rules.

`blocks.py` cuts a cell's prose into entries, `catalog.py` keeps the entries in PO files,
`parity.py` compares an entry with its English, `style.py` with the glossary, `korean.py` derives,
builds and checks a lesson.
"""
