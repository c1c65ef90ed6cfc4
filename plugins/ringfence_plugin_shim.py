"""Register the plugin for an Airflow that mounts this folder; an installed wheel does it itself."""

from importlib.metadata import entry_points

if not entry_points(group="airflow.plugins", name="ringfence"):
    from ringfence.airflow_plugin import RingfencePlugin as RingfencePlugin
