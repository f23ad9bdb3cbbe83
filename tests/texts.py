"""Random texts that exercise the tokenizer, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

# Pieces that the token pattern or folding treats in a special way.
PIECES = st.sampled_from(
    ["U.S.", "U.S", "U.S.A.", "1,000", "1,234,567.89", "3.5", "1,2a", "C++", "C#", "c#7", "AT&T",
     "O'Neill", "China’s", "ʼ", "'", ",", ".", "&", "+", "#", "-", "_", "é", "e\u0301", "\u0301",
     "ß", "İ", "ŉ", "ﬁ", "½", "北京", "ニュース", "ガ", "か\u3099", "・", "ﾄﾖﾀ", "〇", "々", "한국",
     "שָׁלוֹם", "قَالَ", "\u0640", "हिन्दी", "ไทย", "น้ำ", "𝐇𝐞𝐥𝐥𝐨", "ℋ", "running", "agreed",
     "\u3000", "\u2028", "\x1c", "\ufeff", "\x00"]
)  # fmt: skip
#: Texts of such pieces, other characters and spaces.
TEXTS = st.lists(PIECES | st.text(max_size=6) | st.just(" "), max_size=12).map("".join)
