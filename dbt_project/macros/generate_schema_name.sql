{#- A model's schema is the one it names; a replay puts everything into `replay`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.name == 'replay' -%} replay
    {%- else -%} {{ (custom_schema_name or target.schema) | trim }}
    {%- endif -%}
{%- endmacro %}
