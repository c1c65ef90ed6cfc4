"""Keep the append-only ledgers provable: commitments, block roots, a chain, signed checkpoints."""
