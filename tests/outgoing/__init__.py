"""Every byte that leaves for a rail while the suite runs is kept, and at its end none may tell of a member or a program.

A process of the run (the one that pytest started in, its workers, the servers that journeys fork) appends what it sends, and
what was told to it in confidence, to files of its own in a folder that they share. The first process reads them all at the end.
"""

from tests.outgoing.judging import Leak, leaks
from tests.outgoing.keeping import Keeper, begin, elsewhere, folder_of_run

__all__ = ["Keeper", "Leak", "begin", "elsewhere", "folder_of_run", "leaks"]
