import os

import pytest
from exported import curves_of, exported
from links import needs_links
from pxr import Sdf, Usd

from usd_export.delivery import Workshop, usd_errors
from warp_fabric.errors import UsdError


def made(path, companions=False) -> Workshop:
    """A workshop with a whole root in it."""
    workshop = Workshop(path, companions)
    layer = Sdf.Layer.CreateNew(str(workshop.root))
    Sdf.CreatePrimInLayer(layer, "/Cloth").specifier = Sdf.SpecifierDef
    layer.defaultPrim = "Cloth"
    layer.Save()
    return workshop


def names(folder) -> set[str]:
    return {each.name for each in folder.iterdir()}


@pytest.mark.parametrize("suffix", [".usdc", ".usd", ".usda", ".usdz", ".USDC"])
def test_every_kind_of_file_opens(suffix, tmp_path):
    path = tmp_path / f"cloth{suffix}"
    workshop = made(path)
    assert not path.exists()
    assert workshop.deliver([]) == path
    assert names(tmp_path) == {path.name}
    assert Usd.Stage.Open(str(path)).GetDefaultPrim().GetName() == "Cloth"


def test_text_is_text(tmp_path):
    made(tmp_path / "cloth.usda").deliver([])
    assert (tmp_path / "cloth.usda").read_text().startswith("#usda 1.0")


def test_companions_lie_beside_the_root(tmp_path):
    workshop = made(tmp_path / "cloth.usda", companions=True)
    other = workshop.companion("samples")
    other.write_bytes(b"samples")
    workshop.deliver([other])
    assert names(tmp_path) == {"cloth.usda", "cloth.samples.usdc"}


def test_discarding_leaves_what_was_there(tmp_path):
    (tmp_path / "cloth.usdc").write_text("old")
    made(tmp_path / "cloth.usdc").discard()
    assert names(tmp_path) == {"cloth.usdc"}
    assert (tmp_path / "cloth.usdc").read_text() == "old"


@needs_links
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "cloth.usdc"
    link.symlink_to(tmp_path / "there" / "real.usdc")
    made(link).deliver([])
    assert link.is_symlink()
    assert names(tmp_path / "there") == {"real.usdc"}


@needs_links
def test_a_link_into_another_folder_has_no_companions(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "cloth.usdc"
    link.symlink_to(tmp_path / "there" / "real.usdc")
    with pytest.raises(UsdError, match="link into another folder") as caught:
        Workshop(link, companions=True)
    assert str(tmp_path / "there" / "real.usdc") in caught.value.fix
    assert names(tmp_path) == {"there", "cloth.usdc"}
    assert names(tmp_path / "there") == set()


@needs_links
@pytest.mark.parametrize("through", ["cloth.usdc", "folder/real.usdc"])
def test_links_that_companions_are_found_through(through, tmp_path):
    (tmp_path / "cloth.usdc").symlink_to("real.usdc")
    (tmp_path / "folder").symlink_to(tmp_path, target_is_directory=True)
    exported(tmp_path, through, layers=True)
    for path in ("real.usdc", "cloth.usdc", "folder/cloth.usdc"):
        stage = Usd.Stage.Open(str(tmp_path / path))
        assert curves_of(stage)["ends_thin"].GetPointsAttr().GetTimeSamples() == [0, 1, 2, 3, 4, 5]


def test_a_file_that_came_up_meanwhile_stays(tmp_path):
    workshop = made(tmp_path / "cloth.usdc", companions=True)
    files = [workshop.companion(kind) for kind in ("manifest", "samples")]
    for each in files:
        each.write_bytes(b"of the export")
    (tmp_path / "cloth.samples.usdc").write_bytes(b"mine")
    with pytest.raises(UsdError, match="exists"):
        workshop.deliver(files)
    workshop.discard()
    assert names(tmp_path) == {"cloth.samples.usdc"}
    assert (tmp_path / "cloth.samples.usdc").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["cloth", "cloth.abc", "cloth.usdc.txt"])
def test_names_that_are_no_usd_file(name, tmp_path):
    with pytest.raises(UsdError, match=r"end it in \.usdc"):
        Workshop(tmp_path / name, False)


def test_a_package_has_no_companions(tmp_path):
    with pytest.raises(UsdError, match="one file"):
        Workshop(tmp_path / "cloth.usdz", True)


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "folder.usdc").mkdir()
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "none" / "a.usdc", tmp_path / "folder.usdc", tmp_path / "file" / "a.usdc", "a\0.usdc"):
        with pytest.raises(UsdError, match="cannot be written") as caught:
            Workshop(path, False)
        assert caught.value.where == str(path)
    assert names(tmp_path) == {"folder.usdc", "file"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_is_locked(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UsdError, match="cannot be written"):
            Workshop(tmp_path / "cloth.usdc", False)
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="there are no file size limits")
@pytest.mark.parametrize("share", [0.0, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("suffix", [".usda", ".usdz"])
def test_a_disk_that_is_full_at_the_end(suffix, share, tmp_path):
    import resource

    def filled(name):
        workshop = made(tmp_path / name)
        layer = Sdf.Layer.FindOrOpen(str(workshop.root))
        layer.documentation = str(list(range(20_000)))
        layer.Save()
        return workshop

    size = filled(f"whole{suffix}").deliver([]).stat().st_size
    workshop = filled(f"cloth{suffix}")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(share * size), before[1]))  # writing past it fails as on a full disk
    try:
        with pytest.raises(UsdError, match="cannot be written"):
            workshop.deliver([])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    workshop.discard()
    assert names(tmp_path) == {f"whole{suffix}"}


def test_other_errors_pass(tmp_path):
    with pytest.raises(KeyError), usd_errors(tmp_path):
        raise KeyError
