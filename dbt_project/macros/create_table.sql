{#- A table under a contract is made by one `create table as`, which may run in parallel, and its
    constraints are added in one pass over it. dbt's own way inserts, which Postgres does not do in
    parallel. -#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set is_contract = config.get('contract').enforced and not temporary -%}
    {% if is_contract -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    create {{ 'temporary' if temporary else 'unlogged' if config.get('unlogged') }}
    table {{ relation }} as (
        {{ get_select_subquery(sql) if is_contract else sql }}
    );
    {% if is_contract -%}
        {%- set clauses = adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
        {%- set added = [] -%}
        {%- for clause in clauses -%}
            {%- do added.append('add ' ~ clause) -%}
        {%- endfor -%}
        {%- for name, column in model['columns'].items() -%}
            {%- for constraint in column['constraints'] -%}
                {%- if constraint['type'] == 'not_null' -%}
                    {%- do added.append('alter column ' ~ name ~ ' set not null') -%}
                {%- elif constraint['type'] == 'check' -%}
                    {%- do added.append('add check (' ~ constraint['expression'] ~ ')') -%}
                {%- else -%}
                    {%- do exceptions.raise_compiler_error(
                        'no constraint of type ' ~ constraint['type'] ~ ' on one column'
                    ) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- if added -%}
            alter table {{ relation }} {{ added | join(', ') }};
        {%- endif %}
    {%- endif %}
{%- endmacro %}
