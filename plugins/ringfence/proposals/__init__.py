"""Propose a source from a file: sniff its format, recognise its columns, write the YAML.

propose.py         the whole; what only a person can know is left as DECIDE
sniff_text.py      encoding, delimiter, quoting, header
column_profile.py  what the cells of a column look like; column_roles.py: what they may mean
header_words.py    words of headers in seven languages; known_exports.py: CRMs and diallers
"""
