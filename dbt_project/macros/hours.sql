{#- What one pair of local times leaves of the call date; a pair that is not whole leaves nothing. -#}
{% macro local_hours(call_date, opens, closes) -%}
    case
        when {{ opens }} < {{ closes }}
            then tsmultirange(tsrange({{ call_date }} + {{ opens }}, {{ call_date }} + {{ closes }}))
        else '{}'::tsmultirange
    end
{%- endmacro %}
