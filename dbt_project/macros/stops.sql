{#- What takes a stop back: the person's own later word, if the stop is one that a word can lift.
    `grant` must already be one that can lift at all: given first hand, provable, not ended. -#}
{% macro is_lifted(stop, grant) -%}
    {{ grant }}.lifts_from > {{ stop }}.lifted_after
    and {{ stop }}.is_liftable
    and ({{ stop }}.person_ref is null or {{ grant }}.person_ref = {{ stop }}.person_ref)
{%- endmacro %}
