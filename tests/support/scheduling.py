"""Which test files run beside each other, when several processes run the tests."""

from pathlib import PurePath

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

HEAVY = ("browser", "cluster", "acceptance", "calls", "phone", "deploy")
"""The folders whose tests keep browsers, media engines and clusters busy, the heaviest first."""


class HeavyApart(LoadFileScheduling):
    """A distribution of files in which the first process begins with the heavy ones, and the others with the rest.

    So heavy tests run beside light ones as long as possible. Of the files of one weight, those with many tests come
    first, so that short ones remain for the end.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        choose = min if node is self.nodes[0] else max
        self.workqueue.move_to_end(choose(self.workqueue, key=_weight), last=False)
        super()._assign_work_unit(node)


def _weight(file: str) -> int:
    folder = PurePath(file).parts[1]
    return HEAVY.index(folder) if folder in HEAVY else len(HEAVY)
