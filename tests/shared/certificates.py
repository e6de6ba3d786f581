"""A certificate authority and certificates for servers of this machine, made by the openssl program."""

import subprocess

# Dates that have passed can only be given to `openssl ca`.
CONFIGURATION = """
[ca]
default_ca = this
[this]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""

CERTIFICATES = {  # name: (what it is for, first day, last day)
    "good": ("DNS:localhost,IP:127.0.0.1,IP:::1", "20200101000000Z", "20490101000000Z"),
    "expired": ("DNS:localhost,IP:127.0.0.1", "20200101000000Z", "20200201000000Z"),
    "of-another": ("DNS:another.example", "20200101000000Z", "20490101000000Z"),
}


def _openssl(folder, *arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def make(folder):
    """Fills the folder: ca.pem, and NAME.pem, NAME.key and NAME.both for each name above."""
    (folder / "ca.conf").write_text(CONFIGURATION)
    (folder / "index").touch()
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(folder, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=the tests' CA")
    for name, (names, first, last) in CERTIFICATES.items():
        _openssl(folder, "req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}",
                 "-addext", f"subjectAltName={names}")
        _openssl(folder, "ca", "-batch", "-notext", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key",
                 "-startdate", first, "-enddate", last, "-in", f"{name}.csr", "-out", f"{name}.pem")
        (folder / f"{name}.both").write_text((folder / f"{name}.key").read_text() + (folder / f"{name}.pem").read_text())
    return folder
