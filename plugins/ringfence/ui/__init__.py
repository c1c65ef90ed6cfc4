"""Hold what Airflow's own web server shows of us."""
