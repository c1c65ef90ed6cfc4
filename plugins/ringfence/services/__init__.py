"""Run our own Postgres and Airflow for a home that has none of its own.

operate.py           what up, down, status and psql do
supervisor.py        one supervisor a home: start, restart, stop in reverse order
cluster.py           the embedded Postgres: start, lend, stop
postgres_*.py        its settings, its place (never as root), its repair
airflow_service.py   our Airflow's processes
airflow_*.py         its configuration, its REST client, its launcher
children.py, processes.py, ports.py
"""
