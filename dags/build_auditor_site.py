"""Build the auditor's pages from the ledgers.

**Purpose.** Show the funnel and its reasons, each list and its verification, every door check and
the receipts, as static pages without personal data and without a load from elsewhere.

**Trigger.** Each publication (the Asset `ringfence.published_lists`), and every day at 06:30 UTC: a
day without a list must show too. In a demo home after publication only.

**A failure means** that the pages are those of the last build; they say of when. Lists and ledgers
are not affected.

**What to do.** Read the log, mend the cause, then trigger the DAG again or run
`./ringfence site build`.

**Safe to re-run?** Yes. The pages are built aside and put in place at the end.

Airflow shows them under "Ringfence audit", to people who are logged in.
"""

from ringfence.dag_factories import build_auditor_site

dag = build_auditor_site(__doc__)
