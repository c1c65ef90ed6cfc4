"""Read the registers: what people write down in dags/*.yml, checked as a whole.

accept.py        all registers at once: faults with file and line, versions into the ledger
sources.py       sources/<source_id>.yml; source_checks.py, source_files.py check them
column_map.py    how a source's columns become canonical ones; conditions.py: `when`
campaigns.py, controllers.py, policy_signoffs.py
yaml_marks.py    YAML with line numbers; values.py, content.py: small takers and the JSON kept
"""
