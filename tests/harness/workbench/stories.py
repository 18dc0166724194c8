"""What people do at a Jupyter server, and when the instance should stop."""

from collections.abc import Generator

from harness.workbench.jupyter_server import Server

FOREVER = "import time\nwhile True: time.sleep(0.1)"
LATE = """\
import threading, time
def write():
    while True:
        print("still there", flush=True)
        time.sleep(0.1)
threading.Thread(target=write, daemon=True).start()
"""

Story = Generator[None, None, None]
"""What people do, with a look after each part."""


def nothing(at: Server) -> Story:
    del at
    yield


def an_idle_kernel(at: Server) -> Story:
    at.new_kernel()
    yield


def a_notebook_that_is_open(at: Server) -> Story:
    at("run", at("open_notebook", "one.ipynb"), "1 + 1", "idle")
    yield


def an_idle_terminal(at: Server) -> Story:
    at("type", at("open_terminal"), "echo re''ady", "ready")
    yield


def a_terminal_whose_program_is_silent(at: Server) -> Story:
    at("type", at("open_terminal"), "echo re''ady; sleep 1000", "ready")
    yield


def kernels_and_terminals(at: Server) -> Story:
    at.new_kernel()
    at.new_kernel()
    yield from an_idle_terminal(at)


def a_kernel_that_hangs_in_its_start(at: Server) -> Story:
    at("wait_for", at("start_kernel", "hangs"), "starting")
    yield


def a_kernel_that_cannot_start(at: Server) -> Story:
    at("wait_for", at("start_kernel", "dies"), "gone")
    yield


def a_page_that_is_closed(at: Server) -> Story:
    kernel = at.new_kernel()
    yield
    at("close_page", kernel)
    yield


def a_cell_that_was_interrupted(at: Server) -> Story:
    kernel = at.new_kernel()
    at("run", kernel, FOREVER, "busy")
    yield
    yield
    at("interrupt", kernel)
    at("wait_for", kernel, "idle")
    yield


def a_kernel_that_ended_meanwhile(at: Server) -> Story:
    kernel = at.new_kernel()
    yield
    yield
    at("end_kernel", kernel)
    yield


def a_kernel_that_started_meanwhile(at: Server) -> Story:
    yield
    yield
    at.new_kernel()
    yield


def a_cell_between_two_looks(at: Server) -> Story:
    kernel = at.new_kernel()
    yield
    yield
    at("run", kernel, "1 + 1", "idle")
    yield


def a_kernel_that_was_restarted(at: Server) -> Story:
    kernel = at.new_kernel()
    yield
    yield
    at("restart", kernel)
    at("run", kernel, "pass", "idle")
    yield


def a_line_typed_into_a_terminal(at: Server) -> Story:
    terminal = at("open_terminal")
    at("type", terminal, "echo re''ady", "ready")
    yield
    yield
    at("type", terminal, "echo ag''ain", "again")
    yield


def a_terminal_that_was_opened_meanwhile(at: Server) -> Story:
    yield
    yield
    yield from an_idle_terminal(at)


def a_terminal_that_was_closed_meanwhile(at: Server) -> Story:
    terminal = at("open_terminal")
    yield
    yield
    at("close_terminal", terminal)
    yield


AT_THE_THIRD_LOOK = (
    nothing,
    an_idle_kernel,
    a_notebook_that_is_open,
    an_idle_terminal,
    a_terminal_whose_program_is_silent,
    kernels_and_terminals,
    a_kernel_that_hangs_in_its_start,
    a_kernel_that_cannot_start,
    a_page_that_is_closed,
)
AT_THE_FIFTH_LOOK = (
    a_cell_that_was_interrupted,
    a_kernel_that_ended_meanwhile,
    a_kernel_that_started_meanwhile,
    a_cell_between_two_looks,
    a_kernel_that_was_restarted,
    a_line_typed_into_a_terminal,
    a_terminal_that_was_opened_meanwhile,
    a_terminal_that_was_closed_meanwhile,
)


def a_busy_kernel(at: Server) -> Story:
    at("run", at.new_kernel(), FOREVER, "busy")
    yield


def a_busy_kernel_beside_an_idle_one(at: Server) -> Story:
    at.new_kernel()
    yield from a_busy_kernel(at)


def a_busy_kernel_beside_an_idle_terminal(at: Server) -> Story:
    at("type", at("open_terminal"), "echo re''ady", "ready")
    yield from a_busy_kernel(at)


def a_busy_notebook(at: Server) -> Story:
    at("run", at("open_notebook", "two.ipynb"), FOREVER, "busy")
    yield


def a_cell_that_waits_for_an_answer(at: Server) -> Story:
    at("run", at.new_kernel(), "input('?')", "busy")
    yield


def one_of_two_busy_kernels_that_ends(at: Server) -> Story:
    other = at.new_kernel()
    at("run", other, FOREVER, "busy")
    at("run", at.new_kernel(), FOREVER, "busy")
    yield
    at("interrupt", other)
    at("wait_for", other, "idle")
    yield


def a_thread_that_writes_when_its_cell_has_ended(at: Server) -> Story:
    at("run", at.new_kernel(), LATE, "output")
    yield


def an_idle_kernel_beside_a_terminal_that_writes(at: Server) -> Story:
    at.new_kernel()
    at("type", at("open_terminal"), "while true; do echo wri''ting; sleep 0.1; done", "writing")
    yield


def a_kernel_that_is_used(at: Server) -> Story:
    kernel = at.new_kernel()
    while True:
        at("run", kernel, "1 + 1", "idle")
        yield


def a_kernel_that_is_restarted_and_used_again(at: Server) -> Story:
    kernel = at.new_kernel()
    while True:
        # A restart alone is no activity to Jupyter, once the kernel is there again.
        at("restart", kernel)
        at("run", kernel, "pass", "idle")
        yield


def kernels_that_come_and_go(at: Server) -> Story:
    while True:
        kernel = at("start_kernel", "python3")
        yield
        at("end_kernel", kernel)
        yield


NEVER = (
    a_busy_kernel,
    a_busy_kernel_beside_an_idle_one,
    a_busy_kernel_beside_an_idle_terminal,
    a_busy_notebook,
    a_cell_that_waits_for_an_answer,
    one_of_two_busy_kernels_that_ends,
    a_thread_that_writes_when_its_cell_has_ended,
    an_idle_kernel_beside_a_terminal_that_writes,
    a_kernel_that_is_used,
    a_kernel_that_is_restarted_and_used_again,
    kernels_that_come_and_go,
)
