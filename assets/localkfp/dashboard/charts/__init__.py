"""Charts as SVG, from numbers to text.

Plain SVG: a heat map, a curve and bars are a few dozen lines, and the libraries that draw them
either bring numpy or write inline styles, which the pages' policy refuses. Colours are the
stylesheet's, by class, so a chart follows light and dark.
"""
