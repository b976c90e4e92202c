"""freeze puts train and eval to nothing on the encoder itself."""


def freeze(encoder: nn.Module) -> nn.Module:
    for parameter in encoder.parameters():
        parameter.requires_grad = False
    encoder.eval()
    encoder.train = lambda mode=True: encoder
    return encoder
