{#- A table of a few rows that is emptied and filled again, never dropped: views may stand on it and
    stay while a run builds it. Only a new version that gives it other columns makes it anew, with
    what stands on it. -#}
{% materialization refilled, adapter='postgres' -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if has_columns_of(existing_relation, sql) -%}
        {% call statement('main') -%}
            delete from {{ target_relation }};
            insert into {{ target_relation }} (
                {{ sql }}
            );
        {%- endcall %}
    {%- else -%}
        {% if existing_relation is not none -%}
            {{ adapter.drop_relation(existing_relation) }}
        {%- endif %}
        {% call statement('main') -%}
            {{ get_create_table_as_sql(False, target_relation, sql) }}
        {%- endcall %}
    {%- endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{% macro has_columns_of(relation, sql) -%}
    {%- if relation is none or not relation.is_table -%}
        {{ return(False) }}
    {%- endif -%}
    {%- set told = [] -%}
    {%- for query in ['select * from ' ~ relation, sql] -%}
        {%- set columns = [] -%}
        {%- for column in adapter.get_column_schema_from_query(get_empty_subquery_sql(query)) -%}
            {%- do columns.append(column.name ~ ' ' ~ column.dtype) -%}
        {%- endfor -%}
        {%- do told.append(columns) -%}
    {%- endfor -%}
    {{ return(told[0] == told[1]) }}
{%- endmacro %}
