"""Fitting the network: the same epochs in every process, each with its part of the rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import DistributedSampler, TensorDataset

from jobs.checkpoints import Checkpoint, Checkpoints
from jobs.data.table import Table
from jobs.data.target import Target, outputs
from jobs.ending import StopRequest
from pytorch.hyperparameters import Hyperparameters
from pytorch.network import Architecture, Network, network_for
from pytorch.processes.group import Group
from pytorch.processes.stop_file import StopFile
from pytorch.progress import Progress


@dataclass(frozen=True)
class Fitted:
    """The network and after how many epochs; `stopped` when SIGTERM has ended the training."""

    network: Network
    epochs: int
    stopped: bool


def fit(
    train: Table,
    held_out: Table,
    target: Target,
    hyperparameters: Hyperparameters,
    group: Group,
    checkpoints: Checkpoints,
    stop: StopRequest | StopFile,
    report: Callable[[Mapping[str, float], int], None],
) -> Fitted:
    """Train until the epochs are done, the held-out rows are predicted no better, or any process gets SIGTERM.

    The leading process tells `report` the losses of each epoch.

    The same rows, hyperparameters and number of processes give the same network; a resumed training ends with the
    network that an uninterrupted one gives.
    """
    torch.manual_seed(hyperparameters.seed)
    torch.use_deterministic_algorithms(True)
    rows, truth = _tensors(train, target, group.device)
    judged_rows, judged_truth = _tensors(held_out, target, group.device)
    network = network_for(architecture(train, target, hyperparameters), target.objective).to(group.device)
    network.scale_by(rows, truth)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=hyperparameters.learning_rate, weight_decay=hyperparameters.weight_decay
    )
    progress = Progress(network, optimizer)
    reached = checkpoints.latest() if group.leads else None
    content = group.from_leader(reached.content if reached else b"")
    if content:
        progress.restore(content)
        if group.leads:
            print(f"resumed after {progress.epochs} of {hyperparameters.epochs} epochs", flush=True)
    shared = group.shared(network)
    sampler = DistributedSampler(TensorDataset(rows), group.size, group.rank, seed=hyperparameters.seed)
    patience = hyperparameters.early_stopping_epochs
    while progress.epochs < hyperparameters.epochs:
        sampler.set_epoch(progress.epochs)
        total = 0.0
        order = torch.tensor(list(sampler), device=group.device)
        for batch in order.split(hyperparameters.batch_size):
            if group.any(stop.received):
                return Fitted(network, progress.epochs, stopped=True)
            optimizer.zero_grad()
            loss = network.loss(shared(rows[batch]), truth[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        progress.epochs += 1
        train_loss = group.mean(total / len(order))
        if group.leads:
            loss = _evaluate(network, judged_rows, judged_truth)
            print(
                f"epoch {progress.epochs}: train:loss={train_loss:.6f} validation:loss={loss:.6f}",
                flush=True,
            )
            report({"train:loss": train_loss, "validation:loss": loss}, progress.epochs)
            if patience:
                progress.judge(loss)
            if progress.epochs % hyperparameters.checkpoint_epochs == 0:
                checkpoints.save(Checkpoint(progress.epochs, progress.content()))
        if group.any(bool(patience) and group.leads and progress.epochs - progress.best_epoch >= patience):
            break
    if progress.best:
        network.load_state_dict(progress.best)
        return Fitted(network, progress.best_epoch, stopped=False)
    return Fitted(network, progress.epochs, stopped=False)


def architecture(train: Table, target: Target, hyperparameters: Hyperparameters) -> Architecture:
    """The network for these rows."""
    return Architecture(
        features=len(train.feature_names),
        hidden_layers=hyperparameters.hidden_layers,
        hidden_units=hyperparameters.hidden_units,
        outputs=outputs(target.classes),
    )


def _tensors(table: Table, target: Target, device: torch.device) -> tuple[Tensor, Tensor]:
    truth = torch.from_numpy(target.truth(table.labels))
    return torch.from_numpy(table.features).to(device), truth.to(device)


def _evaluate(network: Network, rows: Tensor, truth: Tensor) -> float:
    with torch.inference_mode():
        return network.loss(network(rows), truth).item()
