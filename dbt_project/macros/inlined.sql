{#- Postgres keeps a CTE that is named twice aside, without statistics, on disk if it is large.
    This word makes it read the table under it instead. -#}
{% macro inlined() -%} not materialized {%- endmacro %}
