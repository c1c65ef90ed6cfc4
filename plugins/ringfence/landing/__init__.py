"""Land deliveries: read, normalise, COPY, door check, then accept or reject as a whole.

ingest.py      one delivery from file to accepted batch, and what happens when it fails
emissions.py   one row of text → typed records, or the reason why not (pure)
relations.py   … of a customer: who had which contract, and until when (pure)
fields.py      … what the fields of a row say, for all kinds of record (pure)
sendings.py    whether known bytes are sent once more, or merely lie there
times.py       one text → an instant and how far it can be trusted (pure)
incoming.py    the unlogged tables a delivery waits in until the door has spoken
accept_stops.py, accept.py   incoming → landing and ledgers: the stops first, the rest past the door
unmatched.py   stops of no certain number: list and settle them; unmatched_places.py: where they are
retract.py     take a wrong batch back; batch_ids.py finds what the beginning of an id names
"""
