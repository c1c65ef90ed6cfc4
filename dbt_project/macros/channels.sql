{#- A channel that is not clearly another one concerns calls: what is not known binds. -#}
{% macro is_not_another_channel(column) -%}
    coalesce({{ column }} not in ('email', 'e-mail', 'sms', 'post', 'mail', 'letter', 'fax', 'push', 'messenger'), true)
{%- endmacro %}

{#- A grant that names a channel counts for calls only when that channel is a call. -#}
{% macro is_call_channel(column) -%}
    coalesce({{ column }} in ('voice', 'call', 'phone', 'telephone'), true)
{%- endmacro %}

{#- A confirmation reached this very number only over one of these. -#}
{% macro is_number_channel(column) -%}
    {{ column }} in ('sms', 'voice', 'call', 'phone', 'telephone')
{%- endmacro %}
