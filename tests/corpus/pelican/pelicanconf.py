SITENAME = "海辺の計算室"
SITEURL = "https://umi.example"
PATH = "content"
