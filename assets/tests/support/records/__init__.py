"""What a genuine cluster answered to small Workflows, played again on localkfp and compared.

`book` has the records, `play` sends a package, `facts` says in plain pairs what an answer states,
`differences` compares two and knows which differences are meant (`meant.yaml`), `page` writes the
table *what localkfp does otherwise than a cluster*.

    python -m tests.support.records c36            # play the records whose names begin so
    python -m tests.support.records --show c36     # print package and record
    python -m tests.support.records --page         # play all, write DIFFERENCES.md
"""
