"""Every kind of endpoint that was deployed, asked side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event

from botocore.exceptions import BotoCoreError, ClientError

from demo.account import Account
from demo.failure import DemoFailure
from demo.progress import Progress
from demo.questions.asynchronous import ask_asleep
from demo.questions.batch_transform import run_what_the_clock_runs, score_a_file
from demo.questions.containers import ask_directly, ask_pipeline
from demo.questions.deployment import Answered, Deployment
from demo.questions.front_door import ask_over_http
from demo.questions.held_out import Row
from demo.questions.multi_model import ask_by_name
from demo.questions.real_time import ask_in_shadow, ask_variants
from demo.questions.scaling import ask_what_scales
from demo.questions.serverless import ask_without_instances
from demo.questions.shared import ask_components


@dataclass(frozen=True)
class Question:
    """What is asked of the stack ``stack``, if it was deployed and has the output ``needs``."""

    name: str
    stack: str
    ask: Callable[[Deployment], Answered]
    needs: str = "EndpointName"


QUESTIONS = (
    Question("real time", "real-time", ask_variants),
    Question("front door", "real-time", ask_over_http, needs="FrontDoorUrl"),
    Question("signed door", "serverless", ask_over_http, needs="FrontDoorUrl"),
    Question("shadow test", "shadow-test", ask_in_shadow),
    Question("pipeline", "pipeline", ask_pipeline),
    Question("direct", "direct", ask_directly),
    Question("serverless", "serverless", ask_without_instances),
    Question("asynchronous", "asynchronous", ask_asleep),
    Question("multi-model", "multi-model", ask_by_name),
    Question("components", "shared", ask_components),
    Question("batch transform", "batch-transform", score_a_file, needs="OutputPrefix"),
    Question("nightly run", "batch-transform", run_what_the_clock_runs, needs="ScheduleName"),
    Question("scaling", "real-time", ask_what_scales),
)


def interview(account: Account, rows: Sequence[Row], progress: Progress) -> list[Answered]:
    """Ask everything that was deployed about ``rows``; the first failure ends all waiting."""
    over = Event()

    def put(question: Question) -> Answered:
        deployed = Deployment(account, account.outputs_of(question.stack), rows, over)
        try:
            with progress.part(question.name):
                return question.ask(deployed)
        except (ClientError, BotoCoreError, OSError) as error:
            raise DemoFailure(f"{question.name} did not answer: {error}") from error

    due = [question for question in QUESTIONS if question.needs in account.outputs_of(question.stack)]
    with ThreadPoolExecutor(max_workers=len(QUESTIONS)) as pool:
        asked = [pool.submit(put, question) for question in due]
        try:
            # What fails after this only says that nobody waits any longer.
            ended, _ = wait(asked, return_when=FIRST_EXCEPTION)
        finally:
            over.set()
        for future in ended:
            future.result()
        return [future.result() for future in asked]
