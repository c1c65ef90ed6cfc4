"""Read the registers: what people write down in dags/*.yml, checked as a whole.

accept.py        all registers at once: faults with file and line, versions into the ledger
sources.py       sources/<source_id>.yml; source_checks.py, source_files.py check them
column_map.py    how a source's columns become canonical ones; conditions.py: `when`
campaigns.py, controllers.py, policy_signoffs.py
policy_overlays.py  cells of the policy changed for a time; overlay_cells.py checks what each may do
                 against policy_rows.py and policy_columns.py, overlay_standing.py keeps tightenings
yaml_marks.py    YAML with line numbers; values.py, content.py: small takers and the JSON kept
"""
