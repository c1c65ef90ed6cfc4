{#- Not found in the current snapshot means not listed; not found among past screenings means that
    nobody looked, which a replay must not take for a no. -#}
{% macro listed_or_unknown(column) -%}
    {%- if target.name == 'replay' -%} {{ column }}
    {%- else -%} coalesce({{ column }}, false)
    {%- endif -%}
{%- endmacro %}
