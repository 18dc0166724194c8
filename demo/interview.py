"""Every kind of endpoint that was deployed, asked side by side."""

from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from importlib import import_module
from threading import Event

from botocore.exceptions import BotoCoreError, ClientError

from demo.account import Account
from demo.deployment import Answered, Deployment, Question
from demo.failure import DemoFailure
from demo.held_out import Row
from demo.progress import Progress
from stacks.platform import CAPABILITIES


def all_questions() -> list[Question]:
    """The questions of every capability, which has a module of its name here."""
    modules = dict.fromkeys(capability.questions for capability in CAPABILITIES)
    return [question for name in modules for question in import_module(f"demo.questions.{name}").QUESTIONS]


def interview(
    account: Account, questions: Sequence[Question], rows: Sequence[Row], progress: Progress
) -> list[Answered]:
    """Ask everything that was deployed about ``rows``; the first failure ends all waiting."""
    over = Event()

    def put(question: Question) -> Answered:
        deployed = Deployment(account, account.outputs_of(question.stack), rows, over)
        try:
            with progress.part(question.name):
                return question.ask(deployed)
        except (ClientError, BotoCoreError, OSError) as error:
            raise DemoFailure(f"{question.name} did not answer: {error}") from error

    due = [question for question in questions if question.needs in account.outputs_of(question.stack)]
    answered: list[Answered] = []
    with ThreadPoolExecutor(max_workers=len(questions)) as pool:
        try:
            for turn in (False, True):
                asked = [pool.submit(put, question) for question in due if question.last is turn]
                # What fails after this only says that nobody waits any longer.
                ended, _ = wait(asked, return_when=FIRST_EXCEPTION)
                if any(future.exception() for future in ended):
                    over.set()
                for future in ended:
                    future.result()
                answered += [future.result() for future in asked]
        finally:
            over.set()
    return answered
