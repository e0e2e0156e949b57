"""Built-in tasks with a known truth, and rewards that are flawed on purpose."""

from nova_rft.rehearse.tasks._records import make_records
from nova_rft.rehearse.tasks._tasks import FLAWS, RECORDS, TASKS, Flaw, Task, write_task

__all__ = ["FLAWS", "RECORDS", "TASKS", "Flaw", "Task", "make_records", "write_task"]
