"""Texts with secrets in them, and texts that steer a terminal or a reader's eye."""

from __future__ import annotations

import json

SECRET = "sEcReTvAlUe"
TOKEN = f"CAIS{SECRET}" + "A1b2/+" * 10
KEY_ID = f"LTAI5t{SECRET}"
QUERY = f"OSSAccessKeyId={KEY_ID}&Expires=1700000000&Signature={SECRET}%2Fx%3D"
OSS_ERROR = (
    "<?xml version='1.0'?><Error><Code>SignatureDoesNotMatch</Code>"
    f"<OSSAccessKeyId>{KEY_ID}</OSSAccessKeyId><SignatureProvided>{SECRET}</SignatureProvided>"
    f"<StringToSign>GET\n\n\nx-oss-security-token:{TOKEN}\n/b/k {SECRET}</StringToSign>"
    f"<Authorization>OSS {KEY_ID}:{SECRET}</Authorization>"
    f"<CanonicalRequest>GET /k {SECRET}</CanonicalRequest></Error>"
)
SECRETS: dict[str, str] = {
    "a signed URL": f"https://b.oss-cn-shanghai.aliyuncs.com/k?{QUERY}",
    "in a sentence": f"cannot read http://h.example.com/k?{QUERY}, try later",
    "in quotes": f'cannot read "https://h.example.com/k?x="1"&{QUERY}"',
    "a quoted value": f"https://h.example.com/k?Signature='{SECRET}'",
    "with a blank": f"https://h.example.com/my film.mp4?{QUERY}",
    "with a blank in its query": f"https://h.example.com/k?a=b c&Signature={SECRET}",
    "a blank before the value": f"https://h.example.com/k?Signature= {SECRET}",
    "user info": f"https://user:{SECRET}@h.example.com/k",
    "user info with an at": f"https://user:a@{SECRET}@h.example.com/k",
    "a fragment": f"https://h.example.com/k#access_token={SECRET}",
    "a fragment with nothing told": f"https://h.example.com/k#{SECRET}",
    "without a scheme": f"h.example.com/k?{QUERY}",
    "a bare key": f"out/film.mp4?{QUERY}",
    "a bare key, encoded": f"out/film.mp4%3FSignature%3D{SECRET}",
    "slashes as PHP writes them": f"https:\\/\\/h.example.com\\/k?{QUERY}",
    "ampersands as Go writes them": f"https://h.example.com/k?{QUERY}".replace("&", "\\u0026"),
    "a question mark as Go may": f"https://h.example.com/k\\u003f{QUERY}",
    "in capitals": f"HTTPS://H.EXAMPLE.COM/K?SIGNATURE={SECRET}",
    "version 4": f"k?x-oss-signature={SECRET}&x-oss-credential={KEY_ID}/20240501",
    "AWS's form": f"k?X-Amz-Signature={SECRET}&X-Amz-Credential={KEY_ID}",
    "a security token": f"k?security-token={TOKEN}",
    "a token alone": f"the token {TOKEN} has expired",
    "an STS ID alone": f"STS.{SECRET}{'0' * 14} is not allowed",
    "a key ID alone": f"{KEY_ID} is not allowed",
    "a key ID behind a line break": f"the key is\n{KEY_ID}",
    "a key ID behind a Chinese letter": f"\u5bc6{KEY_ID}",
    "a key ID behind an encoded blank": f"the%20key%20is%20{KEY_ID}",
    "a header": f"Authorization: OSS {KEY_ID}:{SECRET}",
    "a header of V4": f"authorization: OSS4-HMAC-SHA256 Credential={KEY_ID},Signature={SECRET}",
    "a dictionary": repr(
        {"Authorization": f"acs {KEY_ID}:{SECRET}", "x-acs-security-token": TOKEN}
    ),
    "JSON": json.dumps({"AccessKeySecret": SECRET, "SecurityToken": TOKEN}),
    "an error body of OSS": OSS_ERROR,
    "CDN": f"https://cdn.example.com/k?auth_key=1700000000-0-0-{SECRET}",
}
STEERING: dict[str, str] = {
    "colours": "\x1b[31mred\x1b[0m",
    "a title of a window": "\x1b]0;x\x07",
    "one-byte controls": "\x9b31m\x85\x90",
    "carriage return": "good\rbad",
    "lines": "a\nb\u2028c\u2029d\x0be",
    "backspaces": "bad\x08\x08\x08ok",
    "bidi": "\u202egpj.exe\u2066x\u2069\u200f",
    "tags and blanks of no width": "a\U000e0041\u200bb\ufeff",
    "a lone surrogate": "a\ud800b",
    "private use": "\ue000",
    "NUL": "a\x00b",
    "delete": "a\x7fb",
}
NASTY = {**SECRETS, **STEERING}
