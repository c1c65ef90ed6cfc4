{#- Replaces a view in place. dbt's own way drops the old one with all that stands on it: two threads
    doing so at once can deadlock, and readers would find the view gone for seconds. -#}
{% materialization view, adapter='postgres' -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if existing_relation is not none and not existing_relation.is_view -%}
        {{ adapter.drop_relation(existing_relation) }}
    {%- endif %}
    {% call statement('main') -%}
        {{ get_create_view_as_sql(target_relation, sql) }}
    {%- endcall %}
    {% do apply_grants(
        target_relation,
        config.get('grants'),
        should_revoke=should_revoke(existing_relation, full_refresh_mode=False)
    ) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#- A new version may give a view other columns, which Postgres cannot replace: then, and only then,
    it is dropped with what stands on it, which the same run makes again. -#}
{% macro postgres__create_view_as(relation, sql) -%}
    {% if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    do $make_view$
    begin
        create or replace view {{ relation.render() }} as (
            {{ sql }}
        );
    exception when invalid_table_definition then
        drop view {{ relation.render() }} cascade;
        create view {{ relation.render() }} as (
            {{ sql }}
        );
    end
    $make_view$
{%- endmacro %}
