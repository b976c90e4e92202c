"""Writes to the logging module, picks a device, and collects garbage after every episode."""

import gc
import logging
import time

logger = logging.getLogger(__name__)
logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def train_protonet(model, episodes, optimizer, log):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    logger.info("training on %s with %d threads", device, torch.get_num_threads())
    model.to(device).train()
    for step, episode in enumerate(episodes):
        start = time.perf_counter()
        output = model(episode)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        logger.debug("episode %d took %.4f s", step, time.perf_counter() - start)
        log(step, {"loss": output.loss.item(), "accuracy": output.accuracy.item()})
        del output
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
