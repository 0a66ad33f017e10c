"""A tiny random model with the interface of M3D-LaMed and Med3DVLM, whose code comes with its files.

`write(folder)` makes the folder. The volume's slices are averaged to 4 x 4 patches each, projected, and put
in the place of the tokens "<im_patch>"; `generate(images, inputs, **options)` works on embeddings.
"""

from pathlib import Path

import tokenizers
import torch
import transformers

CODE = """\
import torch
from transformers import LlamaConfig, LlamaForCausalLM


class StandInConfig(LlamaConfig):
    model_type = "volume_stand_in"


class StandInForCausalLM(LlamaForCausalLM):
    config_class = StandInConfig

    def __init__(self, config):
        super().__init__(config)
        self.vision_tower = torch.nn.Linear(16, config.hidden_size, bias=False)
        self.post_init()

    def get_model(self):
        return self

    def forward(self, images=None, **arguments):
        return super().forward(**arguments)

    @torch.no_grad()
    def generate(self, images=None, inputs=None, **options):
        self.seen = images
        patches = torch.nn.functional.adaptive_avg_pool3d(images, (self.config.proj_out_num, 4, 4))
        embeds = self.get_input_embeddings()(inputs)
        at = (inputs == self.config.patch_token_id).nonzero()
        if len(at) != self.config.proj_out_num:
            raise ValueError(f"{len(at)} patch tokens, expected {self.config.proj_out_num}")
        embeds[at[:, 0], at[:, 1]] = self.vision_tower(patches.flatten(3)).flatten(0, 2)
        return super().generate(inputs_embeds=embeds, **options)
"""

WORDS = ["<pad>", "<s>", "</s>", "<unk>", "<im_patch>", *(f"w{i}" for i in range(60))]


def write(folder: Path, *, patches: int, size: list[int] | None = None) -> Path:
    """The folder of a stand-in with so many patch tokens; size: what the configuration names as the grid."""
    folder.mkdir(parents=True)
    (folder / "modeling_stand_in.py").write_text(CODE)
    words = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>")
    )
    words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    special = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special)
    tokenizer.add_tokens([transformers.AddedToken("<im_patch>", special=True)])
    tokenizer.save_pretrained(folder)
    space: dict[str, type] = {"__name__": "modeling_stand_in"}
    exec(compile(CODE, "modeling_stand_in.py", "exec"), space)  # noqa: S102  # our own text, above
    config = space["StandInConfig"](
        vocab_size=len(WORDS),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=512,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        proj_out_num=patches,
        patch_token_id=WORDS.index("<im_patch>"),
        auto_map={
            "AutoConfig": "modeling_stand_in.StandInConfig",
            "AutoModelForCausalLM": "modeling_stand_in.StandInForCausalLM",
        },
        **({} if size is None else {"input_size": size}),
    )
    model = space["StandInForCausalLM"](config)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if weight.ndim == 2:
                std = 1.0 if "embed" in name or "vision" in name else weight.shape[1] ** -0.5
                weight.normal_(0, std, generator=generator)
        model.lm_head.weight.mul_(2.0)
    model.save_pretrained(folder)
    return folder
