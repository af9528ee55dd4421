"""One file per room. Each has `FILES` (the shipped reference files it reads, maybe none) and `checks(read)`.

`read(name)` gives the parsed JSON of a reference file, or None where the user asked for other files only.
`checks` yields `Check` objects; it never stops at the first failure.
"""
