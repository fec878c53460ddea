"""Changes that buy nothing: money moved between the lines of a plan, money saved; judged by the rulebook, decided by people."""
