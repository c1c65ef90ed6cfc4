{#- How long the report of a call may take: a row of a list that is over for as many days, while
    reports came in, was not called. A number of our own, no law: a weekend and a day. -#}
{% macro days_to_report() -%} 3 {%- endmacro %}
