import dataclasses
@dataclasses.dataclass
class LintContext:
    airgap: bool=True; product: str="palette"; node_path_style: str="verbatim"; endpoint: str=""; base_content_path: str=""; images: tuple=(); chart_images: tuple=()
def lint(parsed, context): return ()
