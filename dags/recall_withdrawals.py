"""Take out of the lists that are out whoever has been stopped since, in seconds.

**Purpose.** A stop that comes after publication, or a delivery that is taken back, leaves rows in
lists that a dialler holds. Write them down beside the list, in the dialler's own words where it has
some, and publish the list that supersedes it.

**Trigger.** Each delivery that may hold stops and was accepted (Airflow's Asset
`ringfence.accepted_stops`), and every five minutes for what has no event: the stops of a delivery
that was rejected, stops entered by hand, deliveries taken back. A run with nothing to recall is
shown as skipped.

**A failure means** that at least one campaign could not be worked on; the log names it and why.
Rows that are on record as recalled are written: look for `recall-<edition>.csv` beside the list.
Where no new list may leave (publication is stopped, objections lie unread, the day is over) that is
no failure: the rows are recalled, and the report says why the list stays.

**What to do.** Read the reason. A lock that is held: nothing, it is tried again. A full disk: make
room. Then have the dialler read the file; until it has, it may dial these rows.

**Safe to re-run?** Yes. A repeat changes nothing; a run that was killed is finished by the next.
"""

from ringfence.dag_factories import recall_withdrawals

dag = recall_withdrawals(__doc__)
