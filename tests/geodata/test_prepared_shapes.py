"""Threads that ask a shape for the first time together get right answers, and nothing breaks."""

from __future__ import annotations

import subprocess
import sys

_ASK_TOGETHER = """
import threading
import numpy as np
import shapely
from geodata.prepared_shapes import prepare_for_threads

outline = shapely.segmentize(shapely.box(0, 0, 1, 1), 1 / 500)
rng = np.random.default_rng(0)
x, y = rng.uniform(-0.1, 1.1, (2, 200))
inside, far = shapely.intersects_xy(outline, x, y), shapely.points(x + 2, y)
distance = shapely.distance(outline, far)
answers = []

def ask(shape, start):
    start.wait()
    answers.append((shapely.intersects_xy(shape, x, y) == inside).all())
    answers.append((shapely.distance(shape, far) == distance).all())

for _ in range(1_500):
    (shape,) = prepare_for_threads([outline])
    start = threading.Barrier(2)
    threads = [threading.Thread(target=ask, args=(shape, start)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(len(answers), all(answers))
"""


def test_first_questions_from_two_threads() -> None:
    # In a process of its own: what goes wrong here kills the process.
    asked = subprocess.run(
        [sys.executable, "-c", _ASK_TOGETHER], capture_output=True, text=True, timeout=300
    )
    assert (asked.returncode, asked.stdout.strip()) == (0, "6000 True")
