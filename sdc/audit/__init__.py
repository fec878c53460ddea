"""What an auditor follows: accounts, entries, causes, the trial balance and its proof."""
