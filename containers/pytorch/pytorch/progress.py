"""What a training has reached: network, optimizer and the best network so far, as one safetensors file."""

from dataclasses import dataclass, field

import torch
from safetensors.torch import load, save
from torch import Tensor, nn, optim

Weights = dict[str, Tensor]


@dataclass
class Progress:
    """The state of a training after `epochs`; `best` is kept only for a training that may stop early."""

    network: nn.Module
    optimizer: optim.Optimizer
    epochs: int = 0
    best: Weights = field(default_factory=dict[str, Tensor])
    best_epoch: int = 0
    best_loss: float = float("inf")

    def judge(self, loss: float) -> None:
        """Remember the network when its loss is the lowest so far."""
        if loss < self.best_loss:
            self.best_loss, self.best_epoch = loss, self.epochs
            self.best = {name: weight.detach().clone() for name, weight in self.network.state_dict().items()}

    def content(self) -> bytes:
        """As a checkpoint holds it."""
        numbers = torch.tensor([self.epochs, self.best_epoch, self.best_loss], dtype=torch.float64)
        tensors = {"progress": numbers}
        tensors |= {f"network.{name}": weight for name, weight in self.network.state_dict().items()}
        tensors |= {f"best.{name}": weight for name, weight in self.best.items()}
        for number, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
        return save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})

    def restore(self, content: bytes) -> None:
        """Go on from a checkpoint."""
        tensors = load(content)
        epochs, best_epoch, self.best_loss = tensors["progress"].tolist()
        self.epochs, self.best_epoch = int(epochs), int(best_epoch)
        self.network.load_state_dict(_below("network.", tensors))
        device = next(self.network.parameters()).device
        self.best = {name: weight.to(device) for name, weight in _below("best.", tensors).items()}
        state: dict[int, Weights] = {}
        for name, value in _below("optimizer.", tensors).items():
            number, _, member = name.partition(".")
            state.setdefault(int(number), {})[member] = value
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})


def _below(prefix: str, tensors: Weights) -> Weights:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
