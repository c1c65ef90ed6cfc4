"""Propose a source from a file: sniff its format, recognise its columns, write the YAML.

propose.py           the whole; what only a person can know is left as DECIDE
sniff_text.py        encoding, delimiter, quoting, header
column_profile.py    what the cells of a column look like; column_roles.py: what they may mean
phone_columns.py     which columns hold numbers; date_order.py: whether the day comes first in dates
stop_columns.py      which columns say whom not to call; stop_words.py: by which words
header_words.py      words of headers in seven languages; known_exports.py: CRMs and diallers
kind_words.py        words of files that are no plain leads, in headers and cells
consent_columns.py   a consent and the evidence it lacks; consent_ways.py: where, and for which ways
other_kinds.py       calls, contracts, lists of stops, registers
proposed_emission.py one `emits` entry; proposal.py: all that was found; written.py: its YAML
"""
