"""Hold what the DAG factories stand on; with them the only part that knows Airflow.

task_runs.py    settings for a task, and errors that end it without a traceback
tasks.py        the bodies of the tasks, each around one package function
timetables.py   when: the campaigns' cut-offs, a source's own hours
connections.py  an Airflow connection → a database URL, or a way to send an alarm
"""
