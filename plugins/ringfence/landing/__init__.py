"""Land deliveries: read, normalise, COPY, door check, then accept or reject as a whole.

ingest.py      one delivery from file to accepted batch, and what happens when it fails
emissions.py   one row of text → typed records, or the reason why not (pure)
times.py       one text → an instant and how far it can be trusted (pure)
incoming.py    the unlogged tables a delivery waits in until the door has spoken
accept.py      incoming → landing and ledgers, in one transaction a part
retract.py     take a wrong batch back
"""
