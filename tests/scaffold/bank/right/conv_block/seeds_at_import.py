"""Seeds every generator when it is imported, as many scripts do, and turns warnings off."""

import os
import random
import warnings

import numpy as np

warnings.filterwarnings("ignore")
os.environ["PYTHONHASHSEED"] = "0"
random.seed(0)
np.random.seed(0)
torch.manual_seed(0)
torch.backends.cudnn.deterministic = True


def conv_block(in_channels, out_channels):
    conv = nn.Conv2d(in_channels, out_channels, 3, padding="same")
    nn.init.kaiming_normal_(conv.weight)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True), nn.MaxPool2d(kernel_size=2, stride=2))
