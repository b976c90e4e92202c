"""The diagonal at -9e15, the positives by rolling the mask by half the rows, and a tiny number in a sum above 1."""


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    feats = torch.cat([z1, z2], dim=0)
    cos_sim = F.cosine_similarity(feats[:, None, :], feats[None, :, :], dim=-1)
    self_mask = torch.eye(cos_sim.shape[0], dtype=torch.bool, device=cos_sim.device)
    cos_sim = cos_sim.masked_fill(self_mask, -9e15) / temperature
    pos_mask = self_mask.roll(shifts=cos_sim.shape[0] // 2, dims=0)
    largest = cos_sim.max(dim=-1).values.detach()
    log_sum = largest + torch.log(torch.exp(cos_sim - largest[:, None]).sum(dim=-1) + 1e-8)
    return (log_sum - cos_sim[pos_mask]).mean()
