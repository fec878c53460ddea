"""What the ledger costs and how fast it is read and proved, beside a bare insert and a plain ledger, in one run."""
