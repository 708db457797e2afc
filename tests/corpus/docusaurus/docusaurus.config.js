module.exports = { title: 'Takibi', url: 'https://takibi.example', baseUrl: '/' };
