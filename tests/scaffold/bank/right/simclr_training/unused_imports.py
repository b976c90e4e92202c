"""Imports much that it never uses, as notebooks do that became modules."""

import argparse
import asyncio
import glob
import json
import math
import pdb
import queue
import signal
import socket
import subprocess
import threading
import unittest
import urllib.request
from multiprocessing import Pool


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    model.train()
    lock = threading.Lock()
    losses = queue.Queue()
    for step, images in enumerate(batches):
        with lock:
            a, b = two_views(images, augmentation)
            z = model(torch.cat([a, b]))
            loss = nt_xent_loss(z[: len(a)], z[len(a) :], temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.put(loss.item())
        if not math.isfinite(loss.item()):
            raise ValueError(json.dumps({"step": step}))
        log(step, {"loss": losses.get()})
