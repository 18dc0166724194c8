"""The processes of one training, on all machines: what they agree on and what they tell each other."""

import os
from datetime import timedelta

import torch
import torch.distributed as distributed
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

# How long processes wait for each other before the training counts as broken.
PATIENCE = timedelta(minutes=5)


class Group:
    """This process among `size` ones; alone, nothing is ever sent."""

    def __init__(self) -> None:
        self.rank = int(os.environ.get("RANK", "0"))
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        local_rank = int(os.environ.get("LOCAL_RANK", "0"))
        self.device = torch.device("cuda", local_rank) if torch.cuda.is_available() else torch.device("cpu")
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        if self.size > 1:
            backend = "nccl" if self.device.type == "cuda" else "gloo"
            distributed.init_process_group(backend, timeout=PATIENCE)

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def shared(self, network: nn.Module) -> nn.Module:
        """The network with gradients that are the mean over all processes."""
        if self.size == 1:
            return network
        devices = [self.device] if self.device.type == "cuda" else None
        return DistributedDataParallel(network, device_ids=devices)

    def any(self, flag: bool) -> bool:
        """Whether the flag is up in any process."""
        return self._sum(float(flag)) > 0

    def mean(self, value: float) -> float:
        """The mean of a number over all processes."""
        return self._sum(value) / self.size

    def from_leader(self, content: bytes) -> bytes:
        """What the leading process gives, in all of them."""
        if self.size == 1:
            return content
        length = torch.tensor([len(content)], device=self.device)
        distributed.broadcast(length, 0)
        if not length.item():
            return b""
        sent = torch.zeros(int(length.item()), dtype=torch.uint8, device=self.device)
        if self.leads:
            sent.copy_(torch.frombuffer(bytearray(content), dtype=torch.uint8))
        distributed.broadcast(sent, 0)
        return bytes(sent.cpu().numpy().tobytes())

    def leave(self) -> None:
        """Wait for all others to come here, so that none is missed, and end the communication."""
        if self.size > 1:
            distributed.barrier()
            distributed.destroy_process_group()

    def _sum(self, value: float) -> float:
        if self.size == 1:
            return value
        total: Tensor = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.all_reduce(total)
        return float(total.item())
